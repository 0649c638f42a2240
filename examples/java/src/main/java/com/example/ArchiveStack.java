package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotationFleet;
import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.kms.Key;
import software.constructs.Construct;

/** All keys of a stack but one, and one from elsewhere. */
public class ArchiveStack extends Stack {
    public ArchiveStack(final Construct scope, final String id) {
        super(scope, id, StackProps.builder()
                .env(Environment.builder().account("111122223333").region("eu-central-1").build())
                .build());
        new Key(this, "Documents");
        new Key(this, "Pictures");
        Key retired = new Key(this, "Retired");

        OnDemandKeyRotationFleet.Builder.create(this, "Fleet")
                .rotationToken(KeyRotationApp.ROTATION_TOKEN)
                .rotateOnCreate(true)
                .completionTimeout(Duration.minutes(13))
                .reservedRotations(3)
                .exclude(List.of(retired))
                .keyArns(List.of("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"))
                .build();
    }
}
