/** Colours of both worlds: the viewer's own setting decides, and the background is the chart's own. */
const STYLE = `
.paper { fill: #ffffff } .ink { fill: #1f2328 } .dim { fill: #59636e } .ours { fill: #0969da } .other { fill: #9aa4af }
.rule { stroke: #d1d9e0 } .spread { stroke: #1f2328; stroke-width: 1.5 } .line { stroke: #0969da; stroke-width: 2; fill: none }
.bar-ours { stroke: #0969da } .bar-other { stroke: #9aa4af }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .ink { fill: #e6edf3 } .dim { fill: #9198a1 } .ours { fill: #4493f8 } .other { fill: #656c76 }
.rule { stroke: #3d444d } .spread { stroke: #e6edf3 } .line { stroke: #4493f8 }
.bar-ours { stroke: #4493f8 } .bar-other { stroke: #656c76 }
}`;

export const WIDTH = 860;
const TITLE_Y = 26;

/** A drawing with a title; `parts` are SVG elements. */
export function drawing({ title, height, parts }) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>`,
    text({ x: 16, y: TITLE_Y, content: title, weight: 600 }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function text({ x, y, content, anchor = 'start', kind = 'ink', weight = 400, size = 13 }) {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-weight="${weight}" font-size="${size}">${escaped(content)}</text>`;
}

export function rectangle({ x, y, width, height, kind }) {
  return `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(Math.max(0.5, width))}" height="${round(height)}" rx="2"/>`;
}

export function stroke({ x1, y1, x2, y2, kind, width }) {
  const own = width === undefined ? '' : ` stroke-width="${width}"`;
  return `<line class="${kind}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"${own}/>`;
}

export function dot({ x, y, radius, kind }) {
  return `<circle class="${kind}" cx="${round(x)}" cy="${round(y)}" r="${radius}"/>`;
}

export function path(points) {
  return `<path class="line" d="M${points.map(({ x, y }) => `${round(x)} ${round(y)}`).join('L')}"/>`;
}

/** Ours stand out from who they are compared with. */
export function isOurs({ name, title }) {
  return /^(Sluice|cdc-)/.test(title) || name.startsWith('sluice');
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function escaped(value) {
  return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
