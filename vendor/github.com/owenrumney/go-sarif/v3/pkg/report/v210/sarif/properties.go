package sarif

type Properties map[string]interface{}
