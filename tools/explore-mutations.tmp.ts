import { catchMutation } from './explore/catch';
import { mutations } from './explore/mutations';
async function main() {
  for (const mutation of mutations) {
    if (process.argv[2] && !mutation.name.includes(process.argv[2])) continue;
    const t = process.cpuUsage();
    try {
      const caught = await catchMutation(process.cwd(), mutation);
      const u = process.cpuUsage(t);
      console.log((u.user / 1e6).toFixed(2), caught.calls, mutation.name, '<-', caught.by ?? 'NOT CAUGHT');
    } catch (e) {
      console.log('ERROR', mutation.name, e instanceof Error ? e.message : e);
    }
  }
}
void main();
