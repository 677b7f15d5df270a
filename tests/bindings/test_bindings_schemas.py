"""The schema of a resource type is read back from the JavaScript that the bindings carry."""

from agent_studio.bindings.schemas import schemas_of

_HEAD = """const cdktf = require("cdktf");
function toyThingRuleToHclTerraform(struct) {
    const attrs = {
        action: {
            value: cdktf.stringToHclTerraform(struct.action),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
        ports: {
            value: cdktf.listMapperHcl(cdktf.numberToHclTerraform, false)(struct.ports),
            isBlock: false,
            type: "set",
            storageClassType: "numberList",
        },
    };
}
class ToyThingRuleOutputReference extends cdktf.ComplexObject {
    // seen - computed: true, optional: false, required: false
    get seen() {
        return this.getBooleanAttribute('seen');
    }
    resetPorts() {
        this._ports = undefined;
    }
}
class ToyThingStatusOutputReference extends cdktf.ComplexObject {
    // phase - computed: true, optional: false, required: false
    get phase() {
        return this.getStringAttribute('phase');
    }
}
"""

_THING = """class ToyThing extends cdktf.TerraformResource {
    constructor(scope, id, config) {
        super(scope, id, {
            terraformResourceType: 'toy_thing',
            terraformGeneratorMetadata: {
                providerName: 'toy',
                providerVersion: '1.2.3',
            },
        });
        // status - computed: true, optional: false, required: false
        this._status = new ToyThingStatusList(this, "status", false);
        // tags_all - computed: true, optional: false, required: false
        this._tagsAll = new cdktf.StringMap(this, "tags_all");
    }
    // zones - computed: true, optional: false, required: false
    get zones() {
        return cdktf.Fn.tolist(this.getListAttribute('zones'));
    }
    resetTags() {
        this._tags = undefined;
    }
    resetRule() {
        this._rule.internalValue = undefined;
    }
    synthesizeHclAttributes() {
        const attrs = {
            name: {
                value: cdktf.stringToHclTerraform(this._name),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            tags: {
                value: cdktf.hashMapperHcl(cdktf.stringToHclTerraform)(this._tags),
                isBlock: false,
                type: "map",
                storageClassType: "stringMap",
            },
            rule: {
                value: cdktf.listMapperHcl(toyThingRuleToHclTerraform, true)(this._rule),
                isBlock: true,
                type: "list",
                storageClassType: "ToyThingRuleList",
            },
            main: {
                value: toyThingRuleToHclTerraform(this._main.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ToyThingRuleList",
            },
        };
    }
}
"""

_RULE = {
    "attributes": {
        "action": {"type": "string", "required": True},
        "ports": {"type": ["set", "number"], "optional": True, "computed": True},
        "seen": {"type": "bool", "computed": True},
    }
}


def test_a_resource_is_read_with_its_blocks() -> None:
    """Types, nesting, counts, and what is required, optional or set by the provider alone."""
    found = schemas_of([_HEAD + _THING])
    assert found["unreadable"] == {}
    assert found["provider_version"] == "1.2.3"
    assert found["resource_schemas"]["toy_thing"]["block"] == {
        "attributes": {
            "name": {"type": "string", "required": True},
            "tags": {"type": ["map", "string"], "optional": True, "computed": True},
            "status": {"type": ["list", ["object", {"phase": "string"}]], "computed": True},
            "tags_all": {"type": ["map", "string"], "computed": True},
            "zones": {"type": ["set", "string"], "computed": True},
        },
        "block_types": {
            "rule": {"nesting_mode": "list", "min_items": 0, "max_items": 0, "block": _RULE},
            "main": {"nesting_mode": "list", "min_items": 1, "max_items": 1, "block": _RULE},
        },
    }


def test_a_data_source_and_a_provider_are_told_apart() -> None:
    """Each kind has its place; a provider's alias is Terraform's own and no setting."""
    source = _THING.replace("TerraformResource", "TerraformDataSource")
    provider = _THING.replace("TerraformResource", "TerraformProvider").replace(
        "            name: {", "            alias: {"
    )
    found = schemas_of([_HEAD + source, _HEAD + provider])
    assert list(found["data_source_schemas"]) == ["toy_thing"]
    assert "alias" not in found["provider"]["block"]["attributes"]
    assert "tags" in found["provider"]["block"]["attributes"]


def test_a_type_that_cannot_be_read_is_named() -> None:
    """One odd type costs no other its schema, and says what is odd."""
    odd = _THING.replace("toy_thing", "toy_odd").replace('"stringMap"', '"stringTree"')
    found = schemas_of([_HEAD + _THING, _HEAD + odd])
    assert list(found["resource_schemas"]) == ["toy_thing"]
    assert found["unreadable"] == {"toy_odd": "tags holds a stringTree"}
