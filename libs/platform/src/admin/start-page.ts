/** One link of an app's start page. */
export interface StartPageLink {
  readonly path: string;
  readonly says: string;
}

/** The page at `/` of an app: links everything it serves. Plain HTML, nothing loaded from elsewhere. */
export function startPage(title: string, says: string, links: readonly StartPageLink[]): string {
  const rows = links.map(
    ({ path, says: text }) => `<li><a href="${path}"><code>${path}</code></a><span>${text}</span></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  ul { list-style: none; padding: 0; margin-top: 2rem; }
  li { display: grid; grid-template-columns: 17rem 1fr; gap: 1rem; padding: .5rem 0; border-top: 1px solid #8884; }
  @media (max-width: 40rem) { li { grid-template-columns: 1fr; gap: 0; } }
</style>
</head>
<body>
<h1>${title}</h1>
<p>${says}</p>
<ul>
${rows.join('\n')}
</ul>
</body>
</html>
`;
}
