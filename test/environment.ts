/** Sets the environment of all test processes and their children. Jest calls it once, before the first test. */
export default function environment(): void {
  // Silences the AWS SDK's note about old Node.js releases, which the package still supports.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // Template validation loads a module that takes four seconds in each process. One test switches it back on.
  process.env.CDK_VALIDATION = 'false';
}
