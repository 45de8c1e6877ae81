/** Version of the public API, as its OpenAPI document tells it and clients are made for; the major one is the path's. */
export const apiVersion = '1.0.0';
