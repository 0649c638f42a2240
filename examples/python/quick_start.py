from aws_cdk import App, Stack, aws_kms as kms
from cdk_on_demand_key_rotation import OnDemandKeyRotation

app = App()
stack = Stack(app, "Payments")
key = kms.Key(stack, "Key")

OnDemandKeyRotation(
    stack,
    "Rotation",
    key=key,  # made here, or imported by its ARN
    rotation_token="incident-4711",  # change it to rotate
)

app.synth()
