"""Prompts that leave the jurisdiction, or go to models that nobody declared."""

import json

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
PROFILE = f"arn:aws:bedrock:eu-west-1:{OWN}:inference-profile"
MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
ANYWHERE = f"arn:aws:bedrock:*::foundation-model/{MODEL}"
EU_PROFILE = f"{PROFILE}/eu.anthropic.claude-sonnet-4-5"


@breach("residency-model")
def global_profile_in_a_task_role(cell: Cell) -> None:
    """A global inference profile may process prompts in any region."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[f"{PROFILE}/global.{MODEL}"])


@breach("residency-model")
def profile_of_another_geography(cell: Cell) -> None:
    """A profile `us.` processes prompts in the United States."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[f"{PROFILE}/us.{MODEL}"])


@breach("residency-model")
def wildcard_over_profiles(cell: Cell) -> None:
    """Among all profiles is the global one."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[f"{PROFILE}/*"])


@breach("residency-model")
def wildcard_for_the_geography(cell: Cell) -> None:
    """`*.anthropic...` covers `global.anthropic...`."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[f"{PROFILE}/*.{MODEL}"])


@breach("residency-model")
def wildcard_for_a_letter_of_the_geography(cell: Cell) -> None:
    """`?s.anthropic...` covers `us.anthropic...`."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[f"{PROFILE}/?s.{MODEL}"])


@breach("residency-model")
def foundation_model_in_any_region(cell: Cell) -> None:
    """Without a profile in the condition the model may be called in every region."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[ANYWHERE])


@breach("residency-model")
def foundation_model_of_another_region(cell: Cell) -> None:
    """A model called in us-east-1 processes prompts there."""
    there = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[there])


@breach("residency-model")
def profile_condition_that_passes_without_a_profile(cell: Cell) -> None:
    """`...IfExists` lets a call without any profile pass, in every region."""
    narrowed = {"ArnLikeIfExists": {"bedrock:InferenceProfileArn": [EU_PROFILE]}}
    where = cell.part("task policy")
    cell.state(where, Action=INVOKE, Resource=[ANYWHERE], Condition=narrowed)


@breach("residency-model")
def profile_condition_for_all_values(cell: Cell) -> None:
    """`ForAllValues:` holds for a request that has no such key."""
    narrowed = {"ForAllValues:StringEquals": {"bedrock:InferenceProfileArn": [EU_PROFILE]}}
    where = cell.part("task policy")
    cell.state(where, Action=INVOKE, Resource=[ANYWHERE], Condition=narrowed)


@breach("residency-model")
def profile_condition_turned_round(cell: Cell) -> None:
    """`ArnNotLike` admits every profile but the right one."""
    narrowed = {"ArnNotLike": {"bedrock:InferenceProfileArn": [EU_PROFILE]}}
    where = cell.part("task policy")
    cell.state(where, Action=INVOKE, Resource=[ANYWHERE], Condition=narrowed)


@breach("residency-model")
def profile_condition_with_a_global_one_too(cell: Cell) -> None:
    """One of two admitted profiles is global."""
    both = [EU_PROFILE, f"{PROFILE}/global.{MODEL}"]
    narrowed = {"ArnLike": {"bedrock:InferenceProfileArn": both}}
    where = cell.part("task policy")
    cell.state(where, Action=INVOKE, Resource=[ANYWHERE], Condition=narrowed)


@breach("residency-model")
def any_model_at_all(cell: Cell) -> None:
    """On every resource, models are called anywhere."""
    cell.state(cell.part("task policy"), Action=INVOKE, Resource="*")


@breach("residency-model")
def all_but_one_model(cell: Cell) -> None:
    """`NotResource` admits all that it does not name."""
    cell.state(cell.part("task policy"), Action=INVOKE, NotResource=[ANYWHERE])


@breach("residency-model")
def all_actions_but_some(cell: Cell) -> None:
    """`NotAction` leaves invoking a global profile in."""
    there = f"{PROFILE}/global.{MODEL}"
    cell.state(cell.part("task policy"), NotAction=["s3:*"], Resource=[there])


@breach("residency-model")
def invoking_by_a_wildcard(cell: Cell) -> None:
    """`bedrock:Inv*` covers invoking."""
    there = f"{PROFILE}/global.{MODEL}"
    cell.state(cell.part("task policy"), Action="bedrock:Inv*", Resource=there)


@breach("residency-model", "model-undeclared")
def application_profile(cell: Cell) -> None:
    """Nothing tells where an application's own profile processes prompts."""
    there = f"arn:aws:bedrock:eu-west-1:{OWN}:application-inference-profile/abcdef123456"
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[there])


@breach("model-undeclared")
def model_that_the_estate_does_not_declare(cell: Cell) -> None:
    """The runtime may call only the models that `regions.yaml` gives it."""
    there = f"{PROFILE}/eu.amazon.nova-pro-v1:0"
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[there])


@breach("model-undeclared")
def longer_name_than_the_declared_model(cell: Cell) -> None:
    """`claude-sonnet-4-5*` covers models that only begin as the declared one."""
    there = f"{PROFILE}/eu.anthropic.claude-sonnet-4-5*"
    cell.state(cell.part("task policy"), Action=INVOKE, Resource=[there])


@breach("residency-model")
def global_model_in_the_settings(cell: Cell) -> None:
    """The runtime is told to use a global profile."""
    where = cell.part("task")
    cell.environment(where, "STUDIO_MODELS", json.dumps([f"bedrock/global.{MODEL}"]))


@breach("residency-model")
def endpoint_that_lets_global_profiles_through(cell: Cell) -> None:
    """The private endpoint is the last thing between an agent and a global profile."""
    own = {"StringEquals": {"aws:PrincipalAccount": [OWN]}}
    there = [f"{PROFILE}/global.{MODEL}"]
    where = cell.part("model endpoint")
    cell.state(where, Principal="*", Action=INVOKE, Resource=there, Condition=own)


@breach("residency-model")
def global_profile_in_an_inline_policy_block(cell: Cell) -> None:
    """A role's own `inline_policy` grants as well as a policy resource."""
    statement = {"Effect": "Allow", "Action": INVOKE, "Resource": f"{PROFILE}/global.{MODEL}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    cell.set(cell.part("task role"), inline_policy=[{"name": "models", "policy": policy}])


@breach("residency-model")
def global_profile_made_by_the_stack(cell: Cell) -> None:
    """A profile made here copies from a global one."""
    there = f"{PROFILE}/global.{MODEL}"
    cell.add("aws_bedrock_inference_profile", name="wide", model_source={"copy_from": there})


@breach("isolation-account", "residency-transfer")
def prompts_logged_to_a_foreign_bucket(cell: Cell) -> None:
    """Invocation logs hold every prompt."""
    where = {"bucket_name": f"prompts-{STRANGER}", "key_prefix": "all"}
    cell.add(
        "aws_bedrock_model_invocation_logging_configuration",
        logging_config={"text_data_delivery_enabled": True, "s3_config": where},
    )


@breach("residency-model")
def managed_policy_for_all_models(cell: Cell) -> None:
    """A managed policy of the account that nobody attached as a boundary grants."""
    statement = {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cell.add("aws_iam_policy", name="acme-models", policy=policy)
    name = cell.ref("task role", "name")
    cell.add("aws_iam_role_policy_attachment", role=name, policy_arn="${aws_iam_policy.added.arn}")
