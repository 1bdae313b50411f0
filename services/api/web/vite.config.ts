import { defineConfig } from "vite";

const api = "http://127.0.0.1:8081";
const proxied = ["/auth", "/api", "/upload", "/stream", "/openapi.json", "/docs"];

export default defineConfig({
  build: {
    target: "es2022",
    // A data: URI for a script or a font would be refused by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: api }])) },
});
