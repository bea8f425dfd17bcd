// Jest setup provided by Grafana scaffolding
import './.config/jest-setup';

// i18next, which @grafana/ui starts, advertises itself once per test file
const { info } = console;
console.info = (...told) => (String(told[0]).includes('i18next is made possible') ? undefined : info(...told));
