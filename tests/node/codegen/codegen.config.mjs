// graphql-codegen's client preset, strict about scalars: none of ours may fall through to `any`.
export default {
  schema: "./schema.graphql",
  documents: ["./usage.ts"],
  ignoreNoDocuments: false,
  generates: {
    "./generated/": {
      preset: "client",
      config: { strictScalars: true, scalars: { Cursor: "string", DateTime: "string" }, enumType: "native" },
    },
  },
};
