/** What `ratchet init` writes to `.ratchet/config.yaml`. What is commented out is an example, or says the default. */
export const defaultConfig = `# Prompt Ratchet. Keys of models never stand here: they come from the environment or the editor's secret storage.
version: 1

# A prompt is low when even the upper end of its score's interval is under this.
threshold: 0.7

# Where prompts are. Default: every file of a known format outside ignored folders.
# prompts: ["prompts/**"]

# Where feedback from production comes from. A path is relative to the workspace, or absolute; globs are fine.
# A log in our own schema, or with the three fields user, answer and rating, needs no map.
# sources:
#   - name: app-log
#     kind: jsonl
#     path: logs/feedback*.jsonl
#     map:
#       prompt.name: { const: support/answer }
#       prompt.version: $.meta.prompt_version
#       user: $.user
#       output.text: $.answer
#       score.raw: $.rating
#       score.min: { const: 0 }
#       score.max: { const: 1 }

# Models that evaluations and suggestions may use: any endpoint that speaks OpenAI's protocol, or a local file.
# models:
#   - { name: local, provider: llama, model: qwen2.5-coder-0.5b-instruct-q4_k_m.gguf, params: { temperature: 0 } }
#   - { name: gateway, provider: openai, baseUrl: "http://127.0.0.1:8080/v1", model: any, key: "\${env:GATEWAY_KEY}" }
# defaults: { model: local }
`;
