package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationProvider;
import java.util.List;
import software.amazon.awscdk.ArnComponents;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.ApplicationLogLevel;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.lambda.Tracing;
import software.amazon.awscdk.services.logs.LogGroup;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** A provider with its own role, network, logs and queue, and the two keys that it rotates. */
public class LedgerStack extends Stack {
    public LedgerStack(final Construct scope, final String id) {
        super(scope, id);
        Vpc vpc = Vpc.Builder.create(this, "Vpc").maxAzs(2).natGateways(1).build();
        SecurityGroup securityGroup = SecurityGroup.Builder.create(this, "SecurityGroup").vpc(vpc).build();

        OnDemandKeyRotationProvider provider = OnDemandKeyRotationProvider.Builder.create(this, "Provider")
                .role(Role.Builder.create(this, "Role")
                        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
                        .build())
                .vpc(vpc)
                .vpcSubnets(SubnetSelection.builder().subnetType(SubnetType.PRIVATE_WITH_EGRESS).build())
                .securityGroups(List.of(securityGroup))
                .httpsProxy("http://proxy.example.com:3128")
                .noProxy(List.of(".amazonaws.com"))
                .logGroup(LogGroup.Builder.create(this, "Logs").retention(RetentionDays.TWO_YEARS).build())
                .applicationLogLevel(ApplicationLogLevel.DEBUG)
                .runtime(Runtime.NODEJS_22_X)
                .architecture(Architecture.ARM_64)
                .tracing(Tracing.ACTIVE)
                .environmentEncryption(new Key(this, "EnvironmentKey"))
                .reservedConcurrentExecutions(5)
                .deadLetterQueue(Queue.Builder.create(this, "Unanswered").enforceSsl(true).build())
                .build();

        OnDemandKeyRotation.Builder.create(this, "Rotation")
                .key(new Key(this, "Key"))
                .rotationToken(KeyRotationApp.ROTATION_TOKEN)
                .rotateOnCreate(true)
                .provider(provider)
                .build();
        OnDemandKeyRotation.Builder.create(this, "ImportedRotation")
                .key(Key.fromKeyArn(this, "Imported", formatArn(ArnComponents.builder()
                        .service("kms")
                        .resource("key")
                        .resourceName("1234abcd-12ab-34cd-56ef-1234567890ab")
                        .build())))
                .rotationToken(KeyRotationApp.ROTATION_TOKEN)
                .provider(provider)
                .build();
    }
}
