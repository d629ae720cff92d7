package names

// defaultClaim is the name of a claim template without one.
const defaultClaim = "pvc"

// Claim returns the name of the PersistentVolumeClaim made from the volumeClaimTemplate of a workspace for the run
// with that UID. template is the template's metadata.name, and may be empty (contract 2 §5.3, 3 §7.3).
func Claim(template, workspace, runUID string) string {
	if template == "" {
		template = defaultClaim
	}
	return template + "-" + shortSHA256(workspace+runUID)
}

// AssistantClaimTemplate returns the name of the claim template in an affinity assistant's StatefulSet for the claim
// that Claim names; it is also the mount path there (contract 3 §7.3, §8.2).
func AssistantClaimTemplate(claim string) string {
	if len(claim) <= maxLength {
		return claim
	}
	return cut(claim, maxLength-1-shortHash) + "-" + shortSHA256(claim)
}

// AssistantClaim returns the name of the claim that the StatefulSet controller makes for the affinity assistant
// assistant from the template AssistantClaimTemplate(claim) (contract 3 §7.3).
func AssistantClaim(claim, assistant string) string {
	return AssistantClaimTemplate(claim) + "-" + assistant + "-0"
}

// AffinityAssistant returns the name of the StatefulSet that keeps the Pods using a workspace of a PipelineRun on one
// node. The modes with one for the whole PipelineRun pass an empty workspace (contract 3 §8.2).
func AffinityAssistant(workspace, pipelineRun string) string {
	return "affinity-assistant-" + shortSHA256(workspace+pipelineRun)
}
