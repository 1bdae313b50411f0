import { render } from "preact";

import { buildPage, PageContext } from "./page.ts";
import { Shell } from "./views/shell.tsx";

const page = buildPage();
const root = document.getElementById("page");
if (!root) throw new Error("the document has no #page");
render(
  <PageContext.Provider value={page}>
    <Shell />
  </PageContext.Provider>,
  root,
);
page.start();
