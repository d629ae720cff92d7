// Package volumes provisions persistent volumes for a cluster of one node: each volume is a folder, and the volume is
// of type local, so that the kubelet applies a pod's fsGroup to it, which it does not for type hostPath.
package volumes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v11/controller"
)

// ProvisionerName is the name by which a StorageClass asks for volumes of this package.
const ProvisionerName = "tenon.dev/local-folder"

// folderMode lets every user write, as the volumes of other small clusters do: pods that run as a user other than root
// and set no fsGroup would have no use for their volume otherwise.
const folderMode = 0o777

// Provisioner makes and removes the folders of volumes.
type Provisioner struct {
	// Root is the folder that holds one folder for each volume.
	Root string
	// Node is the name of the node that has Root.
	Node string
}

var _ controller.Provisioner = (*Provisioner)(nil)

// Provision makes the folder of a volume and returns the volume.
func (p *Provisioner) Provision(_ context.Context, o controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	if err := p.check(o); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	folder := filepath.Join(p.Root, o.PVName)
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("making the folder of a volume: %w", err)
	}
	if err := os.Chmod(folder, folderMode); err != nil { // MkdirAll heeds the umask
		return nil, controller.ProvisioningFinished, fmt.Errorf("opening the folder of a volume: %w", err)
	}
	return p.volume(o, folder), controller.ProvisioningFinished, nil
}

// Delete removes the folder of a volume with everything in it.
func (p *Provisioner) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if volume.Spec.Local == nil || filepath.Dir(volume.Spec.Local.Path) != filepath.Clean(p.Root) {
		return &controller.IgnoredError{Reason: "the volume is no folder of " + p.Root}
	}
	if err := os.RemoveAll(volume.Spec.Local.Path); err != nil {
		return fmt.Errorf("removing the folder of a volume: %w", err)
	}
	return nil
}

// check refuses what a folder cannot be.
func (p *Provisioner) check(o controller.ProvisionOptions) error {
	if mode := o.PVC.Spec.VolumeMode; mode != nil && *mode == corev1.PersistentVolumeBlock {
		return errors.New("volumeMode Block is not supported: use Filesystem")
	}
	if o.PVC.Spec.Selector != nil {
		return errors.New("a selector is not supported for dynamically provisioned volumes: remove it from the claim")
	}
	if o.SelectedNode != nil && o.SelectedNode.Name != p.Node {
		return fmt.Errorf("the pod was scheduled to node %s, but volumes exist on node %s only", o.SelectedNode.Name, p.Node)
	}
	return nil
}

func (p *Provisioner) volume(o controller.ProvisionOptions, folder string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			MountOptions:                  o.StorageClass.MountOptions,
			VolumeMode:                    o.PVC.Spec.VolumeMode,
			Capacity: corev1.ResourceList{
				corev1.ResourceStorage: o.PVC.Spec.Resources.Requests[corev1.ResourceStorage],
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				Local: &corev1.LocalVolumeSource{Path: folder},
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: onNode(p.Node)},
		},
	}
}

func onNode(name string) *corev1.NodeSelector {
	return &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{
			Key:      corev1.LabelHostname,
			Operator: corev1.NodeSelectorOpIn,
			Values:   []string{name},
		}},
	}}}
}
