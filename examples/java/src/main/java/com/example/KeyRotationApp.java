package com.example;

import software.amazon.awscdk.App;

/** Three ways to rotate: one key, keys through a provider of your own, and all keys of a stack. */
public class KeyRotationApp {
    /** Names one rotation. Write a new one to rotate. */
    static final String ROTATION_TOKEN = "incident-4711";

    public static void main(final String[] args) {
        App app = new App();
        new InvoicesStack(app, "Invoices");
        new LedgerStack(app, "Ledger");
        new ArchiveStack(app, "Archive");
        app.synth();
    }
}
