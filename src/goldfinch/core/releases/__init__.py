"""A release: one bundle of code, prompts, model, tools, index, memory schema, judge and policy, named by its content. Source: P1, C33."""
