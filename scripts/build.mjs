// `npm run build`: packages and build, without starting anything.
import { ensureBuild, ensureDependencies, requireNode } from './prepare.mjs';

ensureDependencies();
requireNode();
ensureBuild();
