"""Three ways to rotate: one key, keys through a provider of your own, and all keys of a stack.

cdk synth
"""

from aws_cdk import (
    App,
    CfnOutput,
    Duration,
    Environment,
    Fn,
    Stack,
    Token,
    aws_ec2 as ec2,
    aws_events_targets as targets,
    aws_iam as iam,
    aws_kms as kms,
    aws_lambda as lambda_,
    aws_logs as logs,
    aws_sns as sns,
    aws_sqs as sqs,
)
from cdk_on_demand_key_rotation import (
    OnDemandKeyRotation,
    OnDemandKeyRotationFleet,
    OnDemandKeyRotationProvider,
    OnDemandKeyRotationProviderProps,
)
from constructs import Construct

# Names one rotation. Write a new one to rotate.
ROTATION_TOKEN = "incident-4711"


class InvoicesStack(Stack):
    """One key: every option, what is known after the rotation, and who is told of it."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        key = kms.Key(self, "Key", enable_key_rotation=True)

        rotation = OnDemandKeyRotation(
            self,
            "Rotation",
            key=key,
            rotation_token=ROTATION_TOKEN,
            rotate_on_create=False,
            completion_timeout=Duration.minutes(5),
            reserved_rotations=10,
        )
        rotation.on_key_rotated("Rotated", target=targets.SnsTopic(sns.Topic(self, "Topic")))
        rotation.metric_failures().create_alarm(self, "Failures", threshold=1, evaluation_periods=1)

        CfnOutput(self, "KeyArn", value=rotation.key_arn)
        CfnOutput(self, "RotationDate", value=rotation.rotation_date)
        CfnOutput(self, "KeyMaterialId", value=rotation.key_material_id)
        CfnOutput(self, "RemainingRotations", value=Token.as_string(rotation.remaining_rotations))


class LedgerStack(Stack):
    """A provider with its own role, network, logs and queue, and the two keys that it rotates."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1)
        security_group = ec2.SecurityGroup(self, "SecurityGroup", vpc=vpc)

        provider = OnDemandKeyRotationProvider(
            self,
            "Provider",
            role=iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[security_group],
            https_proxy="http://proxy.example.com:3128",
            no_proxy=[".amazonaws.com"],
            log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.TWO_YEARS),
            application_log_level=lambda_.ApplicationLogLevel.DEBUG,
            runtime=lambda_.Runtime.NODEJS_22_X,
            architecture=lambda_.Architecture.ARM_64,
            tracing=lambda_.Tracing.ACTIVE,
            environment_encryption=kms.Key(self, "EnvironmentKey"),
            reserved_concurrent_executions=5,
            dead_letter_queue=sqs.Queue(self, "Unanswered", enforce_ssl=True),
        )

        OnDemandKeyRotation(
            self,
            "Rotation",
            key=kms.Key(self, "Key"),
            rotation_token=ROTATION_TOKEN,
            rotate_on_create=True,
            provider=provider,
        )
        OnDemandKeyRotation(
            self,
            "ImportedRotation",
            key=kms.Key.from_key_arn(
                self,
                "Imported",
                self.format_arn(
                    service="kms",
                    resource="key",
                    resource_name="1234abcd-12ab-34cd-56ef-1234567890ab",
                ),
            ),
            rotation_token=ROTATION_TOKEN,
            provider=provider,
        )


class ArchiveStack(Stack):
    """All keys of a stack but one, and two from elsewhere."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, env=Environment(account="111122223333", region="eu-central-1"))
        kms.Key(self, "Documents")
        kms.Key(self, "Pictures")
        retired = kms.Key(self, "Retired")

        fleet = OnDemandKeyRotationFleet(
            self,
            "Fleet",
            rotation_token=ROTATION_TOKEN,
            rotate_on_create=True,
            completion_timeout=Duration.minutes(13),
            reserved_rotations=3,
            exclude=[retired],
            key_arns=["arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
            named_key_arns={"orders": Fn.import_value("OrdersKeyArn")},
            provider_props=OnDemandKeyRotationProviderProps(log_retention=logs.RetentionDays.SIX_MONTHS),
        )
        fleet.on_key_rotated("Rotated", target=targets.SnsTopic(sns.Topic(self, "Topic")))


app = App()
InvoicesStack(app, "Invoices")
LedgerStack(app, "Ledger")
ArchiveStack(app, "Archive")
app.synth()
