#!/usr/bin/env node
// Its own file, because npm links a command at install time, before anything is built.
import '../dist/main.js';
