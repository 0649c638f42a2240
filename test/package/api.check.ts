/** The public API, compared with the baseline that is checked in. */
import { PROJECT, run } from './command';

test('whoever uses the public API can go on; if not, and that is meant: npm run api:renew', async () => {
  await run(process.execPath, ['tools/api.js', 'check'], PROJECT);
});
