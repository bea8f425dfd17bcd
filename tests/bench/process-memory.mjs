/** Resident memory of another process, from /proc. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Megabytes (10^6 bytes) now, and the most there were since the last `resetPeak`. */
export function residentMemory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1.024e-3;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** From now on, the peak is that of what follows. https://docs.kernel.org/filesystems/proc.html, clear_refs 5 */
export function resetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
