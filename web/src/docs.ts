/** The OpenAPI document, readable. `SwaggerUIBundle` comes from swagger-ui's own file, which the page loads before. */

declare const SwaggerUIBundle: (options: object) => unknown;

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reader",
  deepLinking: true,
  // The badge would ask another host whether the document is valid.
  validatorUrl: null,
});

export {};
