"use strict";
// The lineage graph and the filters of the report. Text from the report is only ever set as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("lineage-data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const canvas = document.getElementById("canvas");
  const panel = document.getElementById("panel");
  const search = document.getElementById("search");
  const only = document.getElementById("only");
  const status = document.getElementById("matches");
  const look = () => [
    { selector: "node", style: { label: "data(label)", color: colour("ink"), "font-size": 12, "text-wrap": "ellipsis",
      "text-max-width": 180, "text-valign": "bottom", "text-margin-y": 4, width: 22, height: 22, "min-zoomed-font-size": 5,
      "text-background-color": colour("paper"), "text-background-opacity": 0.85, "text-background-padding": 2,
      "background-color": colour("dim"), "border-width": 2, "border-color": colour("paper") } },
    { selector: "node[effect = 'changed']", style: { shape: "diamond", width: 30, height: 30, "background-color": colour("link") } },
    { selector: "node[effect = 'breaks']", style: { shape: "octagon", width: 28, height: 28, "background-color": colour("error") } },
    { selector: "node[effect = 'changes']", style: { "background-color": colour("note") } },
    { selector: "node[effect = 'unknown']", style: { shape: "triangle", "background-color": colour("warning") } },
    { selector: "node[?people]", style: { shape: "round-rectangle", width: 34 } },
    { selector: "edge", style: { width: 1.4, "line-color": colour("dim"), "target-arrow-color": colour("dim"),
      "target-arrow-shape": "triangle", "curve-style": "straight", "arrow-scale": 0.8 } },
    { selector: "node:selected", style: { "border-color": colour("ink"), "border-width": 4 } },
    { selector: ".faded", style: { opacity: 0.12 } },
    { selector: ".hidden", style: { display: "none" } },
  ];
  const cy = cytoscape({
    container: canvas, style: look(), wheelSensitivity: 0.3, textureOnViewport: data.nodes.length > 300,
    hideEdgesOnViewport: data.nodes.length > 1500, pixelRatio: data.nodes.length > 500 ? 1 : "auto",
    elements: [
      ...data.nodes.map((node) => ({ data: node, position: { x: node.x, y: node.y } })),
      ...data.edges.map(([source, target]) => ({ data: { source, target } })),
    ],
    layout: { name: "preset", fit: true, padding: 30 }, maxZoom: 3, minZoom: 0.02,
  });
  window.contractGateGraph = cy;
  const element = (name, text) => { const made = document.createElement(name); made.textContent = text; return made; };
  const show = (node) => {
    panel.replaceChildren(element("h3", node.data("label")), element("p", node.data("told")));
    const list = document.createElement("ul");
    for (const line of node.data("details")) list.append(element("li", line));
    if (list.children.length) panel.append(list);
    const way = node.predecessors("node").map((one) => one.data("label"));
    if (way.length) panel.append(element("p", `From: ${way.slice(0, 12).join(", ")}${way.length > 12 ? ` and ${way.length - 12} more` : ""}`));
  };
  const columns = (node, open) => {
    const label = node.data("label");
    const names = node.data("columns");
    node.style("label", open && names.length ? `${label}\n${names.slice(0, 12).join("\n")}${names.length > 12 ? `\n+${names.length - 12}` : ""}` : label);
    node.style("text-wrap", open ? "wrap" : "ellipsis");
  };
  cy.on("select", "node", (event) => { show(event.target); columns(event.target, true); });
  cy.on("unselect", "node", (event) => columns(event.target, false));
  const filter = () => {
    const words = search.value.trim().toLowerCase();
    let found = 0;
    cy.batch(() => {
      cy.nodes().forEach((node) => {
        const meant = !words || `${node.data("label")} ${node.data("columns").join(" ")}`.toLowerCase().includes(words);
        const wanted = only.value === "all" || node.data("effect") === only.value || node.data("effect") === "changed" ||
          (only.value === "people" && node.data("people")) ||
          node.successors("node").some((one) => (only.value === "people" ? one.data("people") : one.data("effect") === only.value));
        node.toggleClass("hidden", !wanted);
        node.toggleClass("faded", wanted && !meant);
        if (wanted && meant) found += 1;
      });
    });
    status.textContent = `${found} of ${data.nodes.length} shown`;
    return found;
  };
  const fit = () => cy.animate({ fit: { eles: cy.nodes().not(".hidden").not(".faded"), padding: 30 }, duration: 150 });
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); fit(); } });
  only.addEventListener("change", () => { filter(); fit(); });
  document.getElementById("fit").addEventListener("click", fit);
  document.getElementById("closer").addEventListener("click", () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));
  document.getElementById("farther").addEventListener("click", () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (steps[event.key]) { cy.panBy({ x: steps[event.key][0], y: steps[event.key][1] }); event.preventDefault(); }
    if (event.key === "+" || event.key === "=") document.getElementById("closer").click();
    if (event.key === "-") document.getElementById("farther").click();
    if (event.key === "n" || event.key === "p") {
      const nodes = cy.nodes(":visible").not(".faded");
      const at = nodes.indexOf(nodes.filter(":selected")[0]);
      const next = nodes[(at + (event.key === "n" ? 1 : nodes.length - 1) + nodes.length) % nodes.length];
      if (next) { cy.$(":selected").unselect(); next.select(); cy.center(next); }
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(look()));
  new ResizeObserver(() => cy.resize()).observe(canvas);
  filter();
})();
