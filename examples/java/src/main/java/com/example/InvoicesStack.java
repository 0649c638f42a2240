package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Token;
import software.amazon.awscdk.services.cloudwatch.CreateAlarmOptions;
import software.amazon.awscdk.services.events.OnEventOptions;
import software.amazon.awscdk.services.events.targets.SnsTopic;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

/** One key: every option, what is known after the rotation, and who is told of it. */
public class InvoicesStack extends Stack {
    public InvoicesStack(final Construct scope, final String id) {
        super(scope, id);
        Key key = Key.Builder.create(this, "Key").enableKeyRotation(true).build();

        OnDemandKeyRotation rotation = OnDemandKeyRotation.Builder.create(this, "Rotation")
                .key(key)
                .rotationToken(KeyRotationApp.ROTATION_TOKEN)
                .rotateOnCreate(false)
                .completionTimeout(Duration.minutes(5))
                .reservedRotations(10)
                .build();
        rotation.onKeyRotated("Rotated", OnEventOptions.builder()
                .target(new SnsTopic(new Topic(this, "Topic")))
                .build());
        rotation.metricFailures().createAlarm(this, "Failures", CreateAlarmOptions.builder()
                .threshold(1)
                .evaluationPeriods(1)
                .build());

        CfnOutput.Builder.create(this, "KeyArn").value(rotation.getKeyArn()).build();
        CfnOutput.Builder.create(this, "RotationDate").value(rotation.getRotationDate()).build();
        CfnOutput.Builder.create(this, "KeyMaterialId").value(rotation.getKeyMaterialId()).build();
        CfnOutput.Builder.create(this, "RemainingRotations")
                .value(Token.asString(rotation.getRemainingRotations()))
                .build();
    }
}
