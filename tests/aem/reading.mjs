// Reads a page as an SPA does: AEM's own client fetches it, and its page model manager finds each component by its path.
import { createRequire } from "node:module";

const [folder, host, page] = process.argv.slice(2);
const { ModelClient, ModelManager, PathUtils } = createRequire(`${folder}/`)("@adobe/aem-spa-page-model-manager");

const client = new ModelClient(host);
const model = await client.fetch(PathUtils.addExtension(`${page}.model`, "json")); // as a server that renders pages does
const root = await ModelManager.initialize({ path: page, model, modelClient: client });
const seen = {};
for (const slot of root[":itemsOrder"]) {
  const grid = await ModelManager.getData(`${page}/jcr:content/${slot}`);
  for (const key of grid[":itemsOrder"]) {
    const item = await ModelManager.getData(`${page}/jcr:content/${slot}/${key}`);
    seen[`${slot}/${key}`] = {
      type: item[":type"],
      elements: Object.fromEntries(item.elementsOrder.map((name) => [name, item.elements[name].value])),
    };
  }
}
console.log(JSON.stringify({ path: root[":path"], title: root.title, seen }));
