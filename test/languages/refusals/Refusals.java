package com.example;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationFleet;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationProvider;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kms.Alias;
import software.amazon.awscdk.services.kms.IKey;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.Runtime;

/** Tries what must be refused, and prints each exception: {case: {"type": …, "message": …}}. */
public class Refusals {
    private static final String ALIAS_ARN = "arn:aws:kms:eu-central-1:111122223333:alias/payments";

    private final Stack stack = new Stack(new App(), "Refused");
    private final IKey key = new Key(stack, "Key");
    private final Map<String, Map<String, String>> refusals = new LinkedHashMap<>();

    public static void main(final String[] args) throws Exception {
        System.out.println(new ObjectMapper().writeValueAsString(new Refusals().all()));
    }

    private Map<String, Map<String, String>> all() {
        rotate("emptyToken", rotation -> rotation.rotationToken(""));
        rotate("paddedToken", rotation -> rotation.rotationToken("first "));
        rotate("longToken", rotation -> rotation.rotationToken("x".repeat(257)));
        rotate("longTimeout", rotation -> rotation.completionTimeout(Duration.minutes(20)));
        rotate("reserveOf26", rotation -> rotation.reservedRotations(26));
        rotate("aliasName", rotation -> rotation.key(Alias.fromAliasName(stack, "Alias", "alias/payments")));
        rotate("aliasArn", rotation -> rotation.key(Key.fromKeyArn(stack, "AliasArn", ALIAS_ARN)));
        provide("pythonRuntime", provider -> provider.runtime(Runtime.PYTHON_3_12));
        provide("noConcurrency", provider -> provider.reservedConcurrentExecutions(0));
        rotateAll("emptyFleetToken", fleet -> fleet.rotationToken(""));
        rotate("noKey", rotation -> rotation.key(null));
        rotate("noToken", rotation -> rotation.rotationToken(null));
        rotateAll("noFleetToken", fleet -> fleet.rotationToken(null));
        rotateAll("noExcludedKey", fleet -> fleet.exclude(Collections.singletonList(null)));
        attempt("missingKey", () -> OnDemandKeyRotation.Builder.create(stack, "missingKey").rotationToken("first").build());
        attempt("missingToken", () -> OnDemandKeyRotation.Builder.create(stack, "missingToken").key(key).build());
        return refusals;
    }

    private void rotate(final String name, final Consumer<OnDemandKeyRotation.Builder> change) {
        attempt(name, () -> {
            OnDemandKeyRotation.Builder rotation =
                    OnDemandKeyRotation.Builder.create(stack, name).key(key).rotationToken("first");
            change.accept(rotation);
            rotation.build();
        });
    }

    private void provide(final String name, final Consumer<OnDemandKeyRotationProvider.Builder> change) {
        attempt(name, () -> {
            OnDemandKeyRotationProvider.Builder provider = OnDemandKeyRotationProvider.Builder.create(stack, name);
            change.accept(provider);
            provider.build();
        });
    }

    private void rotateAll(final String name, final Consumer<OnDemandKeyRotationFleet.Builder> change) {
        attempt(name, () -> {
            OnDemandKeyRotationFleet.Builder fleet =
                    OnDemandKeyRotationFleet.Builder.create(stack, name).rotationToken("first");
            change.accept(fleet);
            fleet.build();
        });
    }

    private void attempt(final String name, final Runnable act) {
        try {
            act.run();
            refusals.put(name, null);
        } catch (RuntimeException error) {
            refusals.put(name, Map.of("type", error.getClass().getName(), "message", String.valueOf(error.getMessage())));
        }
    }
}
