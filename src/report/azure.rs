//! What GitHub Advanced Security for Azure DevOps wants to know about the pipeline that uploads a log.
//!
//! Not a reporter: the values come from the command line, which takes them from the pipeline's predefined variables.
//! <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The run of a pipeline. The default stands for a run outside of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Name of the organisation.
    pub organization: String,
    /// Name of the project.
    pub project: String,
    /// Number of the build definition; -1 when there is none.
    pub definition_id: i64,
    /// Name of the build definition.
    pub definition_name: String,
    /// Id of the phase, a GUID that is not zero.
    pub phase_id: String,
    /// Name of the phase.
    pub phase_name: String,
    /// Branch, as git names it.
    pub branch: String,
    /// Number of the build.
    pub build_id: String,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            organization: "none".to_owned(),
            project: "none".to_owned(),
            definition_id: -1,
            definition_name: "none".to_owned(),
            phase_id: "00000000-0000-0000-0000-000000000001".to_owned(),
            phase_name: "none".to_owned(),
            branch: "refs/heads/none".to_owned(),
            build_id: "0".to_owned(),
        }
    }
}

impl Pipeline {
    /// Reads the predefined variables through `variable`; what is not set keeps its default.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        let collection = variable("SYSTEM_COLLECTIONURI").unwrap_or_default();
        let organization = collection.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let or = |name: &str, default: String| variable(name).filter(|value| !value.is_empty()).unwrap_or(default);
        Self {
            organization: if organization.is_empty() { default.organization } else { organization.to_owned() },
            project: or("SYSTEM_TEAMPROJECT", default.project),
            definition_id: variable("SYSTEM_DEFINITIONID")
                .and_then(|id| id.parse().ok())
                .unwrap_or(default.definition_id),
            definition_name: or("BUILD_DEFINITIONNAME", default.definition_name),
            phase_id: or("SYSTEM_PHASEID", default.phase_id),
            phase_name: or("SYSTEM_PHASENAME", default.phase_name),
            branch: or("BUILD_SOURCEBRANCH", default.branch),
            build_id: or("BUILD_BUILDID", default.build_id),
        }
    }

    /// `automationDetails.id`.
    pub(super) fn run_id(&self) -> String {
        let Self { organization, project, definition_id, phase_id, branch, build_id, .. } = self;
        format!("azuredevops/pipeline/build/{organization}/{project}/{definition_id}/{phase_id}/{branch}/{build_id}")
    }

    /// The properties of the run's `automationDetails`, without which the service drops the run.
    pub(super) fn properties(&self) -> BTreeMap<String, Value> {
        let named = |name: &str| format!("azuredevops/pipeline/build/{name}");
        BTreeMap::from([
            // A number as text: the validator of the service refuses a JSON number.
            (named("buildDefinitionId"), json!(self.definition_id.to_string())),
            (named("buildDefinitionName"), json!(self.definition_name)),
            (named("phaseId"), json!(self.phase_id)),
            (named("phaseName"), json!(self.phase_name)),
        ])
    }
}
