"""The pipeline over Terraform: synth -> changed -> plan -> gate -> apply -> drift.

Every step reads and writes plain files below one state folder, so that steps can be jobs of their
own and a run that was killed can be taken up again.
"""
