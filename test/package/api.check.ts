/** Compares the public API with the checked-in baseline. */
import { PROJECT, run } from './command';

test('the public API breaks no user; if that is intended: npm run api:renew', async () => {
  await run(process.execPath, ['tools/api.js', 'check'], PROJECT);
});
