//! The identifiers of VXLAN networks: one for each subnet, for all hosts.

use ipnet::Ipv4Net;

use super::super::store::{Result, StoreError};
use super::Cluster;

/// The first, and how many there are.
const FIRST_VNI: u32 = 256;
const VNI_COUNT: u64 = (1 << 24) - 256;

impl Cluster {
    /// A VXLAN network identifier for a subnet, taken when its first member joins.
    pub(in crate::docker) async fn vni_of(&self, network: &str, subnet: Ipv4Net) -> Result<u32> {
        loop {
            let (mut record, index) = self.overlay_record(network).await?;
            let name = subnet.to_string();
            let known = record.subnets.iter_mut().find(|known| known.subnet_ip == name);
            let known = known.ok_or(StoreError::NotFound)?;
            if known.vni != 0 {
                return Ok(known.vni);
            }
            let vni = self.take_vni().await?;
            known.vni = vni;
            match self.put_overlay_record(network, &record, index).await {
                Ok(()) => return Ok(vni),
                Err(StoreError::Modified) => self.release_vni(vni).await?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn take_vni(&self) -> Result<u32> {
        let ordinal = self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |bits| {
            bits.set_first(0, VNI_COUNT)
        });
        let ordinal = ordinal.await?.ok_or(StoreError::NotFound)?;
        Ok(FIRST_VNI + ordinal as u32)
    }

    /// The row of identifiers is written with the first network, before any of them is taken.
    pub(super) async fn prepare_vnis(&self) -> Result<()> {
        self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |_| ()).await
    }

    pub(super) async fn release_vni(&self, vni: u32) -> Result<()> {
        let ordinal = u64::from(vni.saturating_sub(FIRST_VNI));
        self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |bits| bits.clear(ordinal)).await
    }
}
