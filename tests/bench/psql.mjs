/** The rival: SQL through psql, timed by psql itself; through pg's simple query where there is no psql. */
import { spawn, spawnSync } from 'node:child_process';
import pg from 'pg';

/** One session. `name` says what it is, for the report. */
export async function openRival(url, settings = []) {
  const found = spawnSync('psql', ['--version'], { encoding: 'utf8' });
  const rival = found.status === 0 ? psqlSession(url, found.stdout.trim()) : await pgSession(url);
  for (const setting of settings) await rival.time(setting);
  return rival;
}

function psqlSession(url, version) {
  const { hostname, port, username, password, pathname } = new URL(url);
  // the password stays out of the argument list, which everybody can read
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) };
  const args = ['-X', '-q', '-A', '-t', '-h', hostname, '-p', port, '-U', username, '-d', pathname.slice(1)];
  const child = spawn('psql', args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let heard = '';
  let wake = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    heard += text;
    wake();
  });
  child.on('exit', () => wake());
  child.stdin.write('\\timing on\n');
  const time = async (sql) => {
    heard = '';
    // psql flushes its output when \echo is done
    child.stdin.write(`${sql};\n\\echo done\n`);
    while (!heard.includes('done\n')) {
      if (child.exitCode !== null) throw new Error('psql ended');
      await new Promise((resolve) => (wake = resolve));
    }
    const took = /^Time: ([\d.]+) ms/m.exec(heard);
    if (!took) throw new Error(`psql did not run the statement: ${heard}`);
    return Number(took[1]);
  };
  const close = async () => {
    child.stdin.end('\\q\n');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  };
  return { name: version, time, close };
}

async function pgSession(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const time = async (sql) => {
    const startedAt = performance.now();
    await client.query(sql);
    return performance.now() - startedAt;
  };
  return { name: 'pg, simple query (no psql found)', time, close: () => client.end() };
}
