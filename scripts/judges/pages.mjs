// pages.mjs CHROMIUM GRAPH.html PAGE.html…: no violation that axe-core finds, no page wider than the screen, no error of a script; and
// the first page's graph is panned at 30 frames a second or better (the median frame).
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, graph, ...pages] = process.argv.slice(2);
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let failures = 0;
const fail = (...told) => { failures += 1; console.log("FAILED:", ...told); };

for (const file of pages) for (const colorScheme of ["light", "dark"]) for (const width of [390, 768, 1280]) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  page.on("pageerror", (error) => fail(file, String(error)));
  await page.goto(`file://${resolve(file)}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, nodes } of violations) fail(file, colorScheme, width, id, nodes[0].html.slice(0, 200));
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) fail(file, "is wider than a screen of", width, "by", over);
  await context.close();
}
console.log(`${pages.length} pages at 3 widths, light and dark`);

const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(`file://${resolve(graph)}`);
await page.locator("#canvas").scrollIntoViewIfNeeded();
const box = await page.locator("#canvas").boundingBox();
const start = await page.evaluate(() => {
  const cy = window.contractGateGraph;
  const boxes = cy.nodes().map((node) => node.renderedBoundingBox());
  const free = (x, y) => !boxes.some((one) => x > one.x1 - 3 && x < one.x2 + 3 && y > one.y1 - 3 && y < one.y2 + 3);
  for (let x = cy.width() - 8; x > 8; x -= 7) for (let y = 8; y < cy.height() - 30; y += 9) if (free(x, y)) return { x, y };
  return { x: 8, y: 8 };
});
await page.mouse.move(box.x + start.x, box.y + start.y);
await page.evaluate(() => {
  window.frames_ = [];
  const tick = (time) => { window.frames_.push(time); requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  window.panned = window.contractGateGraph.pan().x;
});
await page.mouse.down();
for (let step = 0; step < 120; step += 1) await page.mouse.move(box.x + start.x - step * 2, box.y + start.y + (step % 20));
await page.mouse.up();
const seen = await page.evaluate(() => ({
  nodes: window.contractGateGraph.nodes().length, panned: window.contractGateGraph.pan().x - window.panned,
  gaps: window.frames_.slice(1).map((time, index) => time - window.frames_[index]).sort((one, other) => one - other),
}));
const median = seen.gaps[seen.gaps.length >> 1];
console.log(`${seen.nodes} nodes panned by ${Math.round(seen.panned)}: ${Math.round(1000 / median)} frames a second (median of ${seen.gaps.length})`);
if (seen.nodes < 2000 || Math.abs(seen.panned) < 100) fail(graph, "was not panned");
if (median > 1000 / 30) fail(graph, "is panned at fewer than 30 frames a second");
await browser.close();
process.exit(failures ? 1 : 0);
