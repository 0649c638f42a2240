/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundle. Lambda provides credentials in the environment only, and that package's other
 * sources (files, single sign-on, instance metadata, …) would be a third of the bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function defaultProvider() {
  return () =>
    Promise.resolve({
      accessKeyId: variable('AWS_ACCESS_KEY_ID'),
      secretAccessKey: variable('AWS_SECRET_ACCESS_KEY'),
      sessionToken: process.env.AWS_SESSION_TOKEN,
    });
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`The environment lacks ${name}, which Lambda sets`);
  return value;
}
