/**
 * A process of its own that runs checks as the exporter does, store included, for whoever forked it. The time is taken
 * here, so that neither the start of the process nor the message counts.
 */
import '../../exporter/dist/small-heap.js';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pino from 'pino';
import { CHECK_KINDS } from '../../exporter/dist/checks/register.js';
import { openSources } from '../../exporter/dist/cli/sources.js';
import { loadConfig } from '../../exporter/dist/config/load.js';
import { Metrics } from '../../exporter/dist/metrics.js';
import { Board } from '../../exporter/dist/runner/board.js';
import { evaluate } from '../../exporter/dist/runner/evaluation.js';
import { Gate } from '../../exporter/dist/runner/gate.js';
import { ENGINES } from '../../exporter/dist/sources/register.js';
import { openStore } from '../../exporter/dist/stores/open.js';
import { Watch } from '../../exporter/dist/watch.js';

const registers = { kinds: CHECK_KINDS, engines: ENGINES };
const config = loadConfig(process.argv[2], registers, process.env);
const sources = openSources(config);
const lenses = new Map(
  config.checks.map((check) => [
    check.name,
    {
      check,
      kind: CHECK_KINDS[check.kind],
      sources,
      gates: check.sources.map((name) => new Gate(sources.get(name).concurrency)),
    },
  ]),
);
const store = await openStore(config.store);
const board = new Board();
const metrics = new Metrics(board, { version: 'bench' });
const logger = pino({ level: 'silent' });
// never started: no schedule, only the runs that are asked for
const watch = new Watch({ config, registers, store, board, metrics, logger });

const actions = {
  /** The whole run: look, compare with memory, save, publish. */
  async run(check) {
    const startedAt = performance.now();
    const { run } = await watch.runner.start(check, 'manual').finished;
    return { ms: performance.now() - startedAt, error: run.error, ...run.result };
  },
  /** Only the look: connection, statements, rows counted and kept. */
  async look(check) {
    const stops = monitorEventLoopDelay({ resolution: 1 });
    stops.enable();
    const startedAt = performance.now();
    const { result } = await evaluate(lenses.get(check), new Set(), AbortSignal.any([]));
    const ms = performance.now() - startedAt;
    stops.disable();
    return { ms, stoppedMs: stops.max / 1e6, error: null, ...result };
  },
};

process.on('message', ({ action, check }) => {
  actions[action](check).then(
    (answer) => process.send(answer),
    (error) => process.send({ error: error.message }),
  );
});
process.once('disconnect', async () => {
  await watch.stop();
  await Promise.all([...sources.values()].map((source) => source.close()));
  await store.close();
});
process.send({ ready: true });
