package v1

// SetDefaults applies defaults D-10 to D-13 (contract 1 §4.2): a type that is left out is inferred.
func (ps ParamSpecs) SetDefaults() {
	for i := range ps {
		ps[i].setDefaults()
	}
}

func (p *ParamSpec) setDefaults() {
	if p.Type == "" {
		switch {
		case p.Properties != nil:
			p.Type = ParamTypeObject
		case p.Default != nil:
			p.Type = p.Default.Type
		default:
			p.Type = ParamTypeString
		}
	}
	setPropertyTypes(p.Properties)
}

// SetDefaults applies default D-14 (contract 1 §4.2).
func (r *TaskResult) SetDefaults() { r.Type = defaultResultType(r.Type, r.Properties) }

// SetDefaults applies default D-14 (contract 1 §4.2), which holds for StepActions and not for the steps of a Task.
func (r *StepResult) SetDefaults() { r.Type = defaultResultType(r.Type, r.Properties) }

func defaultResultType(t ResultsType, properties map[string]PropertySpec) ResultsType {
	setPropertyTypes(properties)
	switch {
	case t != "":
		return t
	case properties != nil:
		return ResultsTypeObject
	default:
		return ResultsTypeString
	}
}

func setPropertyTypes(properties map[string]PropertySpec) {
	for key, property := range properties {
		if property.Type == "" {
			properties[key] = PropertySpec{Type: ParamTypeString}
		}
	}
}
