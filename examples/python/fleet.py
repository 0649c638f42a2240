from aws_cdk import App, Stack, aws_kms as kms
from cdk_on_demand_key_rotation import OnDemandKeyRotationFleet

app = App()
stack = Stack(app, "Archive")
kms.Key(stack, "Documents")
kms.Key(stack, "Pictures")

OnDemandKeyRotationFleet(
    stack,
    "Fleet",
    rotation_token="incident-4711",  # change it to rotate both keys
)

app.synth()
