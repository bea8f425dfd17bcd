// Jest setup provided by Grafana scaffolding
import './.config/jest-setup';
import { configure } from '@testing-library/react';

// i18next, which @grafana/ui starts, advertises itself once per test file
const { info } = console;
console.info = (...told) => (String(told[0]).includes('i18next is made possible') ? undefined : info(...told));

// what comes is waited for, also on a busy machine; testing-library gives up after a second
configure({ asyncUtilTimeout: 10_000 });
