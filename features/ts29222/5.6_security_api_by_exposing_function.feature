# TS 29.222 clause 5.6.2: what an exposing function under test sends to CAPIF_Security_API.
@sut:aef
Feature: CAPIF_Security_API as an exposing function uses it

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function

  @req:29222-5.6.2.1-03
  Scenario: The exposing function initiates what is its own
    When the exposing function under test is told to ask for the invoker with both flags
    And the exposing function under test is told to revoke all authorization of the invoker
    Then the exposing function initiates only what is its own

  @req:29222-5.6.2.4.2-01
  Scenario: Only authentication information is asked for
    When the exposing function under test is told to ask for the invoker with authenticationInfo
    Then the exposing function asks for authenticationInfo and nothing else

  @req:29222-5.6.2.4.2-01
  Scenario: Only authorization information is asked for
    When the exposing function under test is told to ask for the invoker with authorizationInfo
    Then the exposing function asks for authorizationInfo and nothing else

  @req:29222-5.6.2.4.2-01
  Scenario: Both kinds of information are asked for
    When the exposing function under test is told to ask for the invoker with both flags
    Then the exposing function asks for authenticationInfo and authorizationInfo and nothing else

  @req:29222-5.6.2.5.2-05
  Scenario: All service APIs of an invoker are revoked
    When the exposing function under test is told to revoke all authorization of the invoker
    Then the exposing function revokes all service APIs

  @req:29222-5.6.2.5.2-05
  Scenario: Some service APIs of an invoker are revoked
    When the exposing function under test is told to revoke the authorization of the invoker for "location"
    Then the exposing function revokes exactly "location"
