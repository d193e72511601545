# TS 23.222 clause 8.28: the management function under test registers its provider domain.
@sut:amf
Feature: Registration of a provider domain by its management function

  @req:23222-8.28.3-01
  Scenario: Step 1: the functions of the domain are registered
    When the management function under test is told to register its domain
    Then the management function registers the functions of its domain

  @req:23222-8.28.2-01
  Scenario: Each function is described
    When the management function under test is told to register its domain
    Then the registration describes each function
