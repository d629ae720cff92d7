package volumes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v11/controller"
)

func claim(change func(*controller.ProvisionOptions)) controller.ProvisionOptions {
	reclaim := corev1.PersistentVolumeReclaimDelete
	o := controller.ProvisionOptions{
		StorageClass: &storagev1.StorageClass{ReclaimPolicy: &reclaim},
		PVName:       "pvc-1",
		PVC: &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
		}},
	}
	if change != nil {
		change(&o)
	}
	return o
}

func TestVolumeLivesAndDiesWithItsFolder(t *testing.T) {
	t.Parallel()
	p := &Provisioner{Root: t.TempDir(), Node: "node0"}
	volume, state, err := p.Provision(t.Context(), claim(nil))
	if err != nil || state != controller.ProvisioningFinished {
		t.Fatalf("Provision: state %v, error %v", state, err)
	}
	folder := filepath.Join(p.Root, "pvc-1")
	if volume.Spec.Local == nil || volume.Spec.Local.Path != folder {
		t.Errorf("the volume is %+v, want the folder %s", volume.Spec.PersistentVolumeSource, folder)
	}
	info, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != folderMode {
		t.Errorf("mode %v, want %v", info.Mode().Perm(), os.FileMode(folderMode))
	}
	if err := p.Delete(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("after Delete the folder gives %v, want not to exist", err)
	}
}

func TestProvisionRefuses(t *testing.T) {
	t.Parallel()
	block := corev1.PersistentVolumeBlock
	for name, tc := range map[string]struct {
		change func(*controller.ProvisionOptions)
		want   string
	}{
		"block device": {func(o *controller.ProvisionOptions) { o.PVC.Spec.VolumeMode = &block }, "volumeMode Block"},
		"selector":     {func(o *controller.ProvisionOptions) { o.PVC.Spec.Selector = &metav1.LabelSelector{} }, "selector"},
		"other node": {func(o *controller.ProvisionOptions) {
			o.SelectedNode = &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node1"}}
		}, "node1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &Provisioner{Root: t.TempDir(), Node: "node0"}
			_, _, err := p.Provision(t.Context(), claim(tc.change))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestDeleteLeavesForeignFoldersAlone(t *testing.T) {
	t.Parallel()
	p := &Provisioner{Root: filepath.Join(t.TempDir(), "volumes"), Node: "node0"}
	foreign := t.TempDir()
	err := p.Delete(t.Context(), &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{
		PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: foreign}},
	}})
	if err == nil {
		t.Error("Delete accepted a folder outside its root")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
}
