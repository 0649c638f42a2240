// Three ways to rotate: one key, keys through a provider of your own, and all keys of a stack.
using Amazon.CDK;
using KeyRotation;

var app = new App();
new InvoicesStack(app, "Invoices");
new LedgerStack(app, "Ledger");
new ArchiveStack(app, "Archive");
app.Synth();
