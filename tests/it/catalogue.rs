//! The catalogue as a whole: what no single row can show.

use std::collections::BTreeSet;

use capifspec::spec::{Document, Operation, RequirementId, Selector};

#[test]
fn the_three_documents_are_there_whole() {
    let rows = |document| RequirementId::all().filter(|id| id.requirement().document == document).count();
    let counts = [Document::Ts23222, Document::Tr23722, Document::Ts33122, Document::Ts29222].map(rows);
    assert_eq!(counts, [335, 7, 271, 209]);
}

#[test]
fn a_requirement_with_a_reason_is_not_the_only_one_of_its_kind() {
    // `untested` may not hide a statement whose twin in another document is judged.
    for id in RequirementId::all().filter(|id| id.requirement().untested.is_some()) {
        assert!(id.requirement().same_as.is_empty(), "{id} is untested, but the same as another");
    }
}

#[test]
fn every_clause_of_every_requirement_can_be_selected() {
    for id in RequirementId::all() {
        let row = id.requirement();
        let selector: Selector = format!("{}-{}", row.document, row.clause).parse().unwrap();
        assert!(selector.matches(id), "{id}");
    }
}

#[test]
fn every_service_operation_is_reached_by_someone() {
    let unknown: BTreeSet<&str> = Operation::all()
        .iter()
        .filter(|row| row.initiators.is_empty() && row.id != "GetServAPIs")
        .map(|row| row.id)
        .collect();
    assert!(unknown.is_empty(), "only open discovery is for anyone: {unknown:?}");
}
