/** What every test process, and whatever it starts, is given. Jest calls it once, before the first test. */
export default function environment(): void {
  // The AWS SDK begins with a note where Node.js is old. That the package supports this Node.js is known here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // The CDK validates templates with a module that takes four seconds to load, in each process anew. One test switches it on again.
  process.env.CDK_VALIDATION = 'false';
}
