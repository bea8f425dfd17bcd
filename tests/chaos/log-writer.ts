/** Writes one violation file into the folder it is given and says how that went. */
import { writeViolationFile } from '../../exporter/src/stores/violation-log.ts';

const [directory = ''] = process.argv.slice(2);
const report = {
  check: 'progress_license',
  timestamp: new Date().toISOString(),
  total_checked: 1,
  consistent: 0,
  inconsistent: 1,
  consistency_rate: 0,
  violations: [{ user_id: 1 }],
};
try {
  await writeViolationFile({ directory, maxFiles: 10, maxAgeMs: 1e9 }, report, Date.now());
  process.stdout.write('written\n');
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
}
