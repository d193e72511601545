# TS 29.222 clause 5.11.2.2: what a management function sends to CAPIF_API_Provider_Management_API.
@sut:amf
Feature: CAPIF_API_Provider_Management_API as a management function uses it

  @req:29222-5.11.2.2.2-01
  Scenario: The registration is complete
    When the management function under test is told to register its domain
    Then the registration is complete and gives nobody an identity

  @req:29222-8.9.4.2-01
  Scenario: The registration is well-formed
    When the management function under test is told to register its domain
    Then the registration is well-formed

  @req:33122-unassigned-03
  Scenario: The registration shows security information
    When the management function under test is told to register its domain
    Then the registration shows security information
