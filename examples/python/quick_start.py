from aws_cdk import App, CfnOutput, Stack, aws_kms as kms
from cdk_on_demand_key_rotation import OnDemandKeyRotation

app = App()
stack = Stack(app, "Payments")
key = kms.Key(stack, "Key")

rotation = OnDemandKeyRotation(
    stack,
    "Rotation",
    key=key,  # made here, or imported by its ARN
    rotation_token="incident-4711",  # change it to rotate
    rotate_on_create=True,  # False: the first deployment only records the token
)
CfnOutput(stack, "Outcome", value=rotation.outcome)

app.synth()
