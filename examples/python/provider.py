from aws_cdk import App, Stack, aws_ec2 as ec2, aws_kms as kms
from cdk_on_demand_key_rotation import OnDemandKeyRotation, OnDemandKeyRotationProvider

app = App()
stack = Stack(app, "Ledger")
key = kms.Key(stack, "Key")
vpc = ec2.Vpc(stack, "Vpc")

provider = OnDemandKeyRotationProvider(stack, "Provider", vpc=vpc)
OnDemandKeyRotation(stack, "Rotation", key=key, rotation_token="incident-4711", provider=provider)

app.synth()
