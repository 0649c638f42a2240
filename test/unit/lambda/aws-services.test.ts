/** The function reaches AWS through the proxy that its environment names, if its Node.js supports that. */
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsServices } from '../../../lambda/aws-services';

const VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'HTTPS_PROXY', 'NO_PROXY'] as const;
const before = VARIABLES.map((name) => [name, process.env[name]] as const);

const connections: string[] = [];
const proxy = http.createServer();
proxy.on('connect', (request, socket) => {
  connections.push(request.url ?? '');
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
});

beforeAll(async () => {
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  process.env.AWS_ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  process.env.HTTPS_PROXY = `http://127.0.0.1:${port}`;
  process.env.NO_PROXY = '.direct.invalid';
});

afterAll(() => {
  proxy.close();
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
});

test('KMS, Parameter Store and CloudFormation are reached through the proxy, but hosts in NO_PROXY are not', async () => {
  const services = awsServices();
  const calls = [
    services.kms('eu-nowhere-1', { invocation: 'i', tokenDigest: 'd' }).describeKey('key'),
    services.parameterStore('eu-nowhere-1').getParametersByPath('/', undefined),
    services.putAnswer(new URL('https://answers.invalid/'), ''),
    services.putAnswer(new URL('https://answers.direct.invalid/'), ''),
  ];
  const results = await Promise.allSettled(calls);

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect([...connections].sort()).toEqual(
    nodeKnowsProxies()
      ? ['answers.invalid:443', 'kms.eu-nowhere-1.amazonaws.com:443', 'ssm.eu-nowhere-1.amazonaws.com:443']
      : [],
  );
});

/** https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
function nodeKnowsProxies(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}
