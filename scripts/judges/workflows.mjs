// GitHub's own language service over action.yml and workflows: `workflows.mjs FILE…`. A broken one must be refused, or it judges nothing.
import {readFileSync} from "node:fs";
import {validate} from "@actions/languageservice";
import {TextDocument} from "vscode-languageserver-textdocument";

const faults = async (path, text) =>
  (await validate(TextDocument.create(`file:///${path}`, "yaml", 0, text))).map(({range, message}) => `${path}:${range.start.line + 1}: ${message}`);

const broken = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.evnt }}\n        withh: {}\n";
if ((await faults(".github/workflows/broken.yml", broken)).length < 2) throw new Error("a broken workflow was not refused");
console.log("ok: what is broken is refused");

const found = (await Promise.all(process.argv.slice(2).map((path) => faults(path, readFileSync(path, "utf8"))))).flat();
found.forEach((fault) => console.error(fault));
if (found.length) process.exit(1);
console.log(`ok: ${process.argv.length - 2} files`);
