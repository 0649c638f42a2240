/** The app whose synthesis is measured: `node synth-app.js <contender> <keys>`. */
import { App } from 'aws-cdk-lib';
import { fleet } from './fleet';

const [, , contender, keys] = process.argv;
const app = new App();
fleet(app, contender ?? '', Number(keys));
app.synth();
