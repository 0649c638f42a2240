package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotationFleet;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationProviderProps;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.events.OnEventOptions;
import software.amazon.awscdk.services.events.targets.SnsTopic;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

/** All keys of a stack but one, and two from elsewhere. */
public class ArchiveStack extends Stack {
    public ArchiveStack(final Construct scope, final String id) {
        super(scope, id, StackProps.builder()
                .env(Environment.builder().account("111122223333").region("eu-central-1").build())
                .build());
        new Key(this, "Documents");
        new Key(this, "Pictures");
        Key retired = new Key(this, "Retired");

        OnDemandKeyRotationFleet fleet = OnDemandKeyRotationFleet.Builder.create(this, "Fleet")
                .rotationToken(KeyRotationApp.ROTATION_TOKEN)
                .rotateOnCreate(true)
                .completionTimeout(Duration.minutes(13))
                .reservedRotations(3)
                .exclude(List.of(retired))
                .keyArns(List.of("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"))
                .namedKeyArns(Map.of("orders", Fn.importValue("OrdersKeyArn")))
                .providerProps(OnDemandKeyRotationProviderProps.builder()
                        .logRetention(RetentionDays.SIX_MONTHS)
                        .build())
                .build();
        fleet.onKeyRotated("Rotated", OnEventOptions.builder()
                .target(new SnsTopic(new Topic(this, "Topic")))
                .build());
    }
}
