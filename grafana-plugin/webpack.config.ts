import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import scaffolded, { type Env } from './.config/webpack/webpack.config.ts';

/** As scaffolded; besides, the logos of the nested plugins, which the scaffold leaves behind. */
const config = async (env: Env): Promise<Configuration> => {
  const base = await scaffolded(env);
  const nestedImages = new CopyWebpackPlugin({ patterns: [{ from: '*/img/**/*', to: '.' }] });
  return { ...base, plugins: [...(base.plugins ?? []), nestedImages] };
};

export default config;
